import type { Pod } from '../../core/kubernetes.ts';
import type { FieldFault } from '../../ports/provider.ts';
import { judgePod } from '../../providers/ecs-fargate/support/field-support.ts';
import type { FieldUse, JudgeContext } from '../../providers/ecs-fargate/support/support-row.ts';
import { ROW_NAMES } from '../../providers/ecs-fargate/support/support-tables.ts';
import { isDefault, isExact, isGeneral, type SetField } from './exact-values.ts';
import { read, stepsOf } from './read-path.ts';

/** Fields that someone wrote, by what becomes of them; what does as the kubelet does is in none of the lists. */
export interface SortedUses {
  readonly emulated: readonly FieldFault[];
  readonly ignored: readonly FieldFault[];
  /** What is so for every pod that has the field: the field by its name alone. */
  readonly general: readonly FieldFault[];
}

type NamedUse = FieldUse & { readonly field: SetField };

/**
 * Sorts what the tables say of the fields of an admitted pod. `written` is what someone wrote (`{ spec }`): what admission
 * adds to every pod tells nobody anything. A field below another with the same note is told with that.
 */
export function sortUses(pod: Pod, written: unknown, context: JudgeContext): SortedUses {
  const uses = listUses(pod, context).filter(
    (use) => !isBlank(use) && isThere(read(written, stepsOf(use.path))) && !isDefault(use.field),
  );
  const told = uses.filter((use) => !isToldAbove(use, uses) && !/^See \S+(?: \(.+\))?\.$/.test(use.note));
  const of = (level: FieldUse['level'], test: (field: SetField) => boolean): readonly FieldFault[] =>
    told
      .filter((use) => use.level === level && test(use.field))
      .map(({ path, note }) => ({ path, note: note.replace(/ See [A-Z]\w+\.$/, '') }));
  return {
    emulated: of('emulated', (field) => !isGeneral(field) && !isExact(field)),
    ignored: of('ignored', (field) => !isGeneral(field)),
    general: told
      .filter(({ field }) => isGeneral(field))
      .map(({ field, note }) => ({ path: field.row.replace(/^\w+\./, ''), note })),
  };
}

function listUses(pod: Pod, context: JudgeContext): readonly NamedUse[] {
  const uses: NamedUse[] = [];
  judgePod(pod, context, (use, row) => {
    const steps = stepsOf(use.path);
    const field = {
      row: ROW_NAMES.get(row) ?? '',
      value: read(pod, steps),
      parent: read(pod, steps.slice(0, -1)),
      container: containerAt(pod, steps),
    };
    uses.push({ ...use, field });
  });
  return uses;
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** An empty emptyDir is a volume all the same. */
function isBlank({ blank, field }: NamedUse): boolean {
  return blank && field.row !== 'Volume.emptyDir';
}

/** The container that a field belongs to: that which it names, else the one it stands in. */
function containerAt(pod: Pod, steps: readonly (string | number)[]): unknown {
  const name = read(pod, [...steps.slice(0, -1), 'containerName']);
  const named = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((one) => one.name === name);
  return (
    named ?? (/^(init)?[cC]ontainers$/.test(String(steps[1])) ? read(pod, steps.slice(0, 3)) : undefined)
  );
}

function isToldAbove({ path, level, note }: FieldUse, uses: readonly FieldUse[]): boolean {
  return uses.some(
    (above) =>
      above.level === level &&
      above.note.includes(note) &&
      path.startsWith(above.path) &&
      /^[.[]/.test(path.slice(above.path.length)),
  );
}
