"""What the outputs of a module mean is told only where the loss tells it for certain. Nothing here needs torch."""

# ruff: noqa: E501 (one line a case reads better)

from __future__ import annotations

import pytest

from ipymlops.capture.cell_run import CellRun
from ipymlops.capture.journal import Journal
from ipymlops.pipelines.torch_losses import loss_of

HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\nX, y = torch.rand(9, 2), torch.rand(9)"
MODEL = "model = nn.Linear(2, 1)\noptimizer = torch.optim.SGD(model.parameters(), lr=0.1)"


def loop(loss: str) -> str:
    lines = "".join(f"    {line}\n" for line in loss.splitlines())
    return f"for _ in range(3):\n    optimizer.zero_grad()\n{lines}    loss.backward()\n    optimizer.step()"


TOLD = {
    "made first": ("logits", "criterion = nn.BCEWithLogitsLoss()", loop("loss = criterion(model(X).squeeze(), y)")),
    "made on the spot": ("numbers", loop("loss = nn.MSELoss(reduction='sum')(model(X), y)")),
    "a function": ("logits", loop("out = model(X)\nloss = F.cross_entropy(out, y)")),
    "a function by its full name": ("log-probabilities", loop("loss = torch.nn.functional.nll_loss(model(X), y)")),
    "another name": ("probabilities", "from torch.nn import BCELoss as Loss\nc = Loss()", loop("loss = c(model(X)[:, 0].float(), y)")),
    "a part of a larger loss": ("numbers", loop("loss = F.huber_loss(model(X).view(-1), y) + 0.1 * model.weight.abs().sum()")),
    "two that agree": ("numbers", loop("loss = F.mse_loss(model(X), y) + F.l1_loss(torch.squeeze(model(X)), y)")),
    "within a function": (
        "numbers", "def train(net, lose):\n" + "\n".join(f"    {line}" for line in loop("loss = lose(net(X), y)").splitlines()),
        "criterion = nn.MSELoss()\ntrain(net=model, lose=criterion)",
    ),
    "a sigmoid in between": ("", loop("loss = nn.BCELoss()(torch.sigmoid(model(X)), y)")),
    "an exponential in between": ("", loop("out = model(X)\nout = out.exp()\nloss = F.mse_loss(out, y)")),
    "two that differ": ("", loop("loss = F.mse_loss(model(X), y) + F.cross_entropy(model(X), y)")),
    "a loss that is not listed": ("", loop("loss = nn.PoissonNLLLoss()(model(X), y)")),
    "a listed one beside one that is not": ("", loop("loss = F.mse_loss(model(X), y) + F.kl_div(model(X), y)") + "\nk = nn.KLDivLoss()(model(X), y).backward()"),
    "a loss of one's own": ("", loop("loss = ((model(X) - y) ** 2).mean()")),
    "a loss that cannot be followed": ("", 'losses = {"a": nn.MSELoss()}', loop('loss = losses["a"](model(X), y)')),
    "the targets first": ("", loop("loss = F.mse_loss(y, model(X))")),
    "none": ("", "optimizer.step()"),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_what_the_loss_tells(name: str) -> None:
    expected, *cells = TOLD[name]
    journal = Journal(tuple(CellRun(n, c, evidence=False) for n, c in enumerate((HEAD, MODEL, *cells), 1)))
    found = loss_of(journal, "model")
    assert (found.outputs if found else "") == expected


def test_an_expression_is_not_followed() -> None:
    assert loss_of(Journal((CellRun(1, HEAD + "\n" + MODEL, evidence=False),)), "model[0]") is None
