/** Text after expansion; `perPod` when any part of it differs between replicas. */
export interface Expanded {
  readonly text: string;
  readonly perPod: boolean;
}

/** Variables that a text may refer to. */
export type Variables = ReadonlyMap<string, Expanded>;

const REFERENCE = /\$(?:\$|\(([^)]*)\))/g;

/**
 * Expands `$(NAME)` as the kubelet does: `$$` becomes `$` (so `$$(NAME)` stays `$(NAME)`), a reference to an unknown
 * variable and everything else stay as they are. Values are not expanded again.
 */
export function expandVariables(text: string, variables: Variables): Expanded {
  let perPod = false;
  const expanded = text.replace(REFERENCE, (reference, name?: string) => {
    if (name === undefined) return '$';
    const variable = variables.get(name);
    if (variable === undefined) return reference;
    perPod ||= variable.perPod;
    return variable.text;
  });
  return { text: expanded, perPod };
}
