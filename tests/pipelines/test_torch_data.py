"""What a torch module was trained on is told only where its loop tells it for certain. Nothing here needs torch."""

# ruff: noqa: E501 (one line a case reads better)

from __future__ import annotations

import pytest

from ipymlops.capture.cell_run import CellRun
from ipymlops.capture.journal import Journal
from ipymlops.pipelines.call_log import History
from ipymlops.pipelines.fit_call import Unclear
from ipymlops.pipelines.torch_data import loop_data

HEAD = "import numpy as np, pandas as pd, torch\nfrom torch import nn\nfrom torch.utils.data import DataLoader, TensorDataset"
READ = 'df = pd.read_csv("rows.csv")\nX, y = df[["a", "b"]], df["t"]'
TENSORS = "Xt = torch.tensor(X.values, dtype=torch.float32)\nyt = torch.tensor(y.to_numpy()).float().reshape(-1, 1)"
LOADER = "data = TensorDataset(Xt, yt)\nloader = DataLoader(data, batch_size=8, shuffle=True)"
MODEL = "model = nn.Linear(2, 1)\noptimizer = torch.optim.SGD(model.parameters(), lr=0.1)\ncriterion = nn.MSELoss()"
LOOP = "for _ in range(3):\n    for rows, labels in loader:\n        optimizer.zero_grad()\n        out = model(rows)\n        loss = criterion(out, labels.float())\n        loss.backward()\n        optimizer.step()"
CELLS = (HEAD, READ, TENSORS, LOADER, MODEL, LOOP)


def changed(old: str, new: str) -> tuple[str, ...]:
    assert any(old in cell for cell in CELLS)
    return tuple(cell.replace(old, new) for cell in CELLS)


ONE = (LOADER, "loader = DataLoader(TensorDataset(Xt, yt), batch_size=8, shuffle=True)")
COLUMNS = 'Xt, yt = torch.FloatTensor(df[["a", "b"]].values), torch.from_numpy(df.t.astype(float).values)'
TOLD = {
    "names": ("X, y", CELLS),
    "numbered": ("X, y", changed("for rows, labels in loader", "for i, (rows, labels) in enumerate(loader)")),
    "written in one": ("X, y", changed(*ONE)),
    "columns": ("df[['a', 'b']], df.t", changed(TENSORS, COLUMNS)),
    "by NumPy": ("X, y", changed("X.values", "np.asarray(X)")),
    "a column of targets": ("X, y", changed(".reshape(-1, 1)", "[:, None]")),
    "the table was changed since": ("", (*CELLS, "X['a'] = 0")),
    "the name is another one since": ("", (*CELLS, "X = X.iloc[:5]")),
    "a part of the rows": ("", changed("DataLoader(data,", "DataLoader(torch.utils.data.Subset(data, range(9)),")),
    "a split of the rows": ("", changed("DataLoader(data,", "DataLoader(torch.utils.data.random_split(data, [0.5, 0.5])[0],")),
    "two loaders": ("", (*CELLS, "more = DataLoader(TensorDataset(Xt, yt))", LOOP.replace("loader", "more"))),
    "some of the batch": ("", changed("model(rows)", "model(rows[:4])")),
    "another tensor": ("", changed("model(rows)", "model(Xt)")),
    "other targets": ("", changed("labels.float()", "torch.zeros(8)")),
    "another model's rows": ("", changed("torch.tensor(X.values", "torch.rand(9, 2) * torch.tensor(X.values")),
    "a loss of one's own": ("", changed("criterion(out, labels.float())", "((out - labels) ** 2).mean()")),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_what_the_loop_tells(name: str) -> None:
    expected, cells = TOLD[name]
    history = History(Journal(tuple(CellRun(n, c, evidence=False) for n, c in enumerate(cells, 1))), "model")
    if expected:
        told = loop_data(history)
        assert f"{told.X}, {told.y}" == expected
        return
    with pytest.raises(Unclear, match="give --train X y"):
        loop_data(history)
