// Generated from src/ipymlops/wire.py and metric_names.py by `make wire`; do not edit.

/** What a metric is called in a sentence. */
export const METRIC_NAMES: Record<string, string> = {
  roc_auc: "ROC AUC",
  roc_auc_ovr: "ROC AUC, one vs rest",
  auc: "ROC AUC",
  average_precision: "average precision",
  balanced_accuracy: "balanced accuracy",
  f1: "F1",
  f1_macro: "macro F1",
  macro_f1: "macro F1",
  log_loss: "log loss",
  brier: "Brier score",
  error_rate: "share of wrong answers",
  ece: "calibration error",
  mcc: "MCC",
  mae: "mean absolute error",
  rmse: "root mean squared error",
  r2: "R²"
};

/** One figure with its interval; null where there is none. */
export interface EstimateWire {
  name: string;
  value: number | null;
  low: number | null;
  high: number | null;
  level: number | null;
  unit: string;
}

/** Who did what to which version, when (UTC) and why. */
export interface EventWire {
  number: number;
  kind: "register" | "promote" | "rollback" | "alias" | "approve" | "reject" | "refuse" | "deploy" | "retrain" | "export" | "verify" | "push" | "sign" | "alert" | "delete";
  version: number | null;
  who: string;
  when: string;
  why: string;
}

/** One version as the panel lists it. */
export interface VersionWire {
  number: number;
  created: string;
  who: string;
  estimator: string;
  task: string;
  risk: string;
  rows: number | null;
  features: number | null;
  headline: EstimateWire | null;
  metrics: EstimateWire[];
  aliases: string[];
  champion: boolean;
  verification: "identical" | "within tolerance" | "not reproduced" | "not verified";
  verification_cause: string;
  events: EventWire[];
}

/** One model line, newest version first. */
export interface ModelWire {
  name: string;
  champion: number | null;
  versions: VersionWire[];
}

/** The project a folder belongs to. */
export interface ProjectWire {
  name: string;
  folder: string;
}

/** What `GET ipymlops/api/models` answers; `project` is null where the folder has none. */
export interface ModelsWire {
  kind: "models";
  project: ProjectWire | null;
  models: ModelWire[];
}

/** What every refused or failed request answers, in words for a person. */
export interface ErrorWire {
  kind: "error";
  message: string;
}

/** The event that tells the panel to ask again. */
export interface ChangedWire {
  folder: string;
}
