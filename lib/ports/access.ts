/** Who calls, as the API server names them. */
export interface Caller {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What a caller wants of a node: the attributes of a SubjectAccessReview. */
export interface NodeAccess {
  readonly verb: 'get' | 'create' | 'update' | 'patch' | 'delete';
  readonly subresource: 'log' | 'stats' | 'metrics' | 'proxy' | 'pods' | 'healthz' | 'configz';
  readonly node: string;
}

/** Whether something is allowed, in the words of the authorizer. */
export interface AccessAnswer {
  readonly isAllowed: boolean;
  readonly reason: string;
}

/** What the API server knows of callers and their rights. Neither remembers anything: whoever asks often keeps the answers. */
export interface AccessReviews {
  /** TokenReview, on behalf of the node; `undefined`: the token is nobody's. A throw (`FailureError`) means unknown. */
  identify(token: string, node: string): Promise<Caller | undefined>;
  /** SubjectAccessReview, on behalf of the node. A throw (`FailureError`) means unknown. */
  allows(caller: Caller, access: NodeAccess): Promise<AccessAnswer>;
}
