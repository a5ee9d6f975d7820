import type { Instant } from '../../core/kubernetes.ts';
import type { RecordGuard } from '../../ports/records.ts';
import { toSeconds } from './encode-record.ts';
import type { Condition, ExpressionTerms } from './expression-terms.ts';
import { KNOWN_STATES, MANDATORY_ATTRIBUTES } from './record-schema.ts';
import { TTL_ATTRIBUTE } from './table-definition.ts';

/**
 * The condition expression of a guard. Both guards over an existing item also demand that this version can read it: a state that
 * it does not know, or an attribute of another type, was written by a newer version and must survive.
 */
export function guardCondition(guard: RecordGuard): Condition {
  return (terms) => {
    switch (guard.kind) {
      case 'absent':
        return `attribute_not_exists(${terms.name('pk')})`;
      case 'at':
        return [...equalities(guard, terms), ...readable(terms)].join(' AND ');
      case 'older':
        return [...olderThan(guard, terms), ...readable(terms)].join(' AND ');
    }
  };
}

/** The condition of forgetting a record: it has ended, it expires then, and this version can read it. */
export function forgetCondition(expiresAt: Instant): Condition {
  return (terms) =>
    [
      `${terms.name('state')} = ${terms.value('ended')}`,
      `${terms.name(TTL_ATTRIBUTE)} = ${terms.value(toSeconds(expiresAt))}`,
      ...readable(terms),
    ].join(' AND ');
}

function equalities({ kind: _, ...wanted }: RecordGuard & { kind: 'at' }, terms: ExpressionTerms): string[] {
  return Object.entries(wanted)
    .filter(([, value]: [string, unknown]) => value !== undefined)
    .map(([attribute, value]) => `${terms.name(attribute)} = ${terms.value(value)}`);
}

function olderThan(guard: RecordGuard & { kind: 'older' }, terms: ExpressionTerms): string[] {
  const arn = terms.name('taskArn');
  const task = terms.name('task');
  return [
    `${terms.name('attempt')} = ${terms.value(guard.attempt)}`,
    `(attribute_not_exists(${arn}) OR ${arn} = ${terms.value(guard.taskArn)})`,
    `(attribute_not_exists(${task}) OR ${terms.name('task.version')} < ${terms.value(guard.version)})`,
  ];
}

function readable(terms: ExpressionTerms): string[] {
  const known = KNOWN_STATES.map((state) => terms.value(state));
  return [
    `${terms.name('state')} IN (${known.join(', ')})`,
    ...Object.entries(MANDATORY_ATTRIBUTES).map(([attribute, type]) => hasType(attribute, type, terms)),
  ];
}

/** A boolean is compared, because dynalite's `attribute_type` says no to a stored `false`. */
function hasType(attribute: string, type: string, terms: ExpressionTerms): string {
  const name = terms.name(attribute);
  return type === 'BOOL'
    ? `(${name} = ${terms.value(true)} OR ${name} = ${terms.value(false)})`
    : `attribute_type(${name}, ${terms.value(type)})`;
}
