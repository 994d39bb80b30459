// Generated from src/ipymlops/wire.py by `make wire`; do not edit.

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
  kind: "register" | "promote" | "rollback" | "alias" | "approve" | "reject" | "deploy" | "retrain" | "export" | "verify" | "alert" | "delete";
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
