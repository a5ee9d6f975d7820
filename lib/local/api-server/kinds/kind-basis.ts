import { AGE, NAME } from '../tables/common-columns.ts';
import { ALL_VERBS } from './kind-row.ts';
import type { SubresourceRow } from './kind-row.ts';

/** The `/status` of a kind. */
export const status = (kind: string): SubresourceRow => ({
  name: 'status',
  kind,
  verbs: ['get', 'patch', 'update'],
});

/** What most kinds have in common: namespaced, all verbs, nothing special. */
export const basis = {
  group: '',
  version: 'v1',
  namespaced: true,
  verbs: ALL_VERBS,
  rules: {},
  hasStatus: false,
  columns: [NAME, AGE],
} as const;
