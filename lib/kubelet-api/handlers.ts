import type { ApiOutcome, ApiRequest } from './exchange.ts';

/** A pod as a path names it; kubelets take its UID too. */
export interface PodPath {
  readonly namespace: string;
  readonly pod: string;
  readonly uid?: string;
}

/** A container of a pod as a path names it. */
export interface ContainerPath extends PodPath {
  readonly container: string;
}

/** What is served beside logs and lists of pods. Who calls is known, and may, when one of them is called. */
export interface Handlers {
  readonly exec: (request: ApiRequest, of: ContainerPath) => Promise<ApiOutcome>;
  readonly attach: (request: ApiRequest, of: ContainerPath) => Promise<ApiOutcome>;
  readonly portForward: (request: ApiRequest, of: PodPath) => Promise<ApiOutcome>;
  readonly statsSummary: (request: ApiRequest) => Promise<ApiOutcome>;
  readonly metricsResource: (request: ApiRequest) => Promise<ApiOutcome>;
}
