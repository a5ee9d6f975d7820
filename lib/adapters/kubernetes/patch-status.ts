// Pieces of strategic-merge patches of status sub-resources, as kube-apiserver 1.36 reads them.

/**
 * Conditions that replace those of the same type whole. The merge is field by field, so a reason or message that the new
 * condition does not have would stay behind from the old one: it is sent as null.
 */
export function wholeConditions(conditions: readonly { readonly type: string }[]): object[] {
  return conditions.map((condition) => ({ reason: null, message: null, ...condition }));
}

/** A list that replaces the old one, where the rule is to merge it by a key (IPs, addresses). */
export function replaceList(list: readonly object[]): object[] {
  return [...list, { $patch: 'replace' }];
}
