// What the golden cases show of each row of the support tables, read from the files themselves.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'yaml';
import { judgePod } from '../../lib/providers/ecs-fargate/support/field-support.ts';
import type { SupportRow } from '../../lib/providers/ecs-fargate/support/support-row.ts';
import { ROW_NAMES } from '../../lib/providers/ecs-fargate/support/support-tables.ts';
import type { FieldFault } from '../../lib/ports/provider.ts';
import { SETTINGS } from './fixtures.ts';
import { nodeOf, readManifest } from './render-golden.ts';

/** A row by its name (`Container.image`), or an annotation of ours (`annotation capacity-type`). */
type RowName = string;

/** For each kind of use the rows that some case shows in it. */
export interface Shown {
  /** Set to more than nothing in a pod that is launched. */
  readonly accepted: ReadonlySet<RowName>;
  /** Set to what asks for nothing in a pod that is launched. */
  readonly blank: ReadonlySet<RowName>;
  /** Named by a fault of a pod that is refused. */
  readonly refused: ReadonlySet<RowName>;
  /** Named by a warning of a pod that is launched. */
  readonly warned: ReadonlySet<RowName>;
  /** Seen with a field of another row within. */
  readonly holders: ReadonlySet<RowName>;
}

interface Use {
  readonly path: string;
  readonly name: RowName;
  readonly blank: boolean;
  readonly rejected: boolean;
}

const FOLDER = new URL('../golden/', import.meta.url).pathname;
const PREFIX = 'lambdalet.dev/';

/** Reads all cases. Faults and warnings are those of the golden files, which another test holds to the plans. */
export function readShown(): Shown {
  const shown = {
    ...{ accepted: new Set<RowName>(), blank: new Set<RowName>(), holders: new Set<RowName>() },
    ...{ refused: new Set<RowName>(), warned: new Set<RowName>() },
  };
  for (const file of globSync('*.pod.yaml', { cwd: FOLDER })) {
    const stem = `${FOLDER}${basename(file, '.pod.yaml')}`;
    const uses = usesIn(readFileSync(`${FOLDER}${file}`, 'utf8'));
    for (const use of uses) {
      if (uses.some(({ path }) => isBelow(path, use.path))) shown.holders.add(use.name);
      if (existsSync(`${stem}.run-task.json`)) (use.blank ? shown.blank : shown.accepted).add(use.name);
    }
    for (const { path } of faultsOf(stem)) namesAt(uses, path).forEach((name) => shown.refused.add(name));
    for (const { path } of warningsOf(stem)) namesAt(uses, path).forEach((name) => shown.warned.add(name));
  }
  return shown;
}

function usesIn(text: string): readonly Use[] {
  const { pod } = readManifest(text);
  const fields: Use[] = [];
  const visit = (use: { path: string; blank: boolean }, row: SupportRow<unknown>): void => {
    const rejected = row.level === 'rejected';
    fields.push({ path: use.path, blank: use.blank, rejected, name: ROW_NAMES.get(row) ?? use.path });
  };
  judgePod(pod, { node: nodeOf(pod), settings: SETTINGS }, visit);
  const annotations = Object.keys(pod.metadata.annotations ?? {}).filter((key) => key.startsWith(PREFIX));
  return [
    ...fields,
    ...annotations.map((key) => ({
      ...{ path: `metadata.annotations["${key}"]`, name: `annotation ${key.slice(PREFIX.length)}` },
      ...{ blank: false, rejected: false },
    })),
  ];
}

/** The innermost field that a path is of; and a rejected one around it, which is refused by what is in it. */
function namesAt(uses: readonly Use[], path: string): readonly RowName[] {
  const around = uses
    .filter((use) => use.path === path || isBelow(path, use.path))
    .sort((one, other) => other.path.length - one.path.length);
  return around.filter(({ rejected }, index) => index === 0 || rejected).map(({ name }) => name);
}

function isBelow(path: string, other: string): boolean {
  return path.startsWith(`${other}.`) || path.startsWith(`${other}[`);
}

function faultsOf(stem: string): readonly FieldFault[] {
  const file = `${stem}.refused.yaml`;
  return existsSync(file) ? (parse(readFileSync(file, 'utf8')) as FieldFault[]) : [];
}

function warningsOf(stem: string): readonly FieldFault[] {
  const file = `${stem}.run-task.json`;
  if (!existsSync(file)) return [];
  const { warnings = [] } = JSON.parse(readFileSync(file, 'utf8')) as { warnings?: FieldFault[] };
  return warnings;
}
