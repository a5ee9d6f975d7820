import type { NodeSettings } from '../lib/core/node-settings.ts';
import type { NodeEntry } from './node-schema.ts';

/** A virtual node as the stacks know it: the functions add the Region that they run in. */
export interface PlannedNode extends Omit<NodeSettings, 'region' | 'execRole'> {
  /** Whether commands may be run in its pods; the role for it is one of the stacks. */
  readonly exec?: boolean;
}

/** The node as the functions know it. */
export function withExecRole(
  { exec, ...node }: PlannedNode,
  execRole: string | undefined,
): Omit<NodeSettings, 'region'> {
  return { ...node, ...(exec === true && execRole !== undefined && { execRole }) };
}

/** What an entry has several of. */
interface Axes extends Pick<NodeEntry, 'architectures' | 'capacityTypes'> {
  readonly subnets?: readonly string[] | undefined;
  readonly zones?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** One combination of an entry of the matrix. */
interface Cell {
  readonly zone: string | undefined;
  readonly subnets: readonly string[];
  readonly architecture: NodeSettings['architecture'];
  readonly capacityType: NodeSettings['capacityType'];
}

/** The nodes of one entry: each zone with each architecture and each capacity type, in the order of the file. */
export function expandNode(entry: NodeEntry): readonly PlannedNode[] {
  return cellsOf(entry).map((cell) => nodeOf(entry, cell));
}

/** The name of each node that an entry stands for. */
export function namesIn(entry: Axes & Pick<NodeEntry, 'name'>): readonly string[] {
  return cellsOf(entry).map((cell) => nameOf(entry.name, cell));
}

function cellsOf({ subnets = [], zones, architectures, capacityTypes }: Axes): readonly Cell[] {
  const places: readonly Pick<Cell, 'zone' | 'subnets'>[] =
    zones === undefined
      ? [{ zone: undefined, subnets }]
      : Object.entries(zones).map(([zone, inZone]) => ({ zone, subnets: inZone }));
  return places.flatMap((place) =>
    architectures.flatMap((architecture) =>
      capacityTypes.map((capacityType) => ({ ...place, architecture, capacityType })),
    ),
  );
}

function nameOf(pattern: string, { zone, architecture, capacityType }: Cell): string {
  return pattern
    .replaceAll('{zone}', zone ?? '')
    .replaceAll('{architecture}', architecture)
    .replaceAll('{capacityType}', capacityType);
}

function nodeOf(entry: NodeEntry, cell: Cell): PlannedNode {
  const {
    name,
    zones: _zones,
    subnets: _subnets,
    architectures: _architectures,
    capacityTypes: _capacityTypes,
    spotPercent,
    cpu,
    memory,
    pods,
    ephemeralStorage,
    ...same
  } = entry;
  return {
    ...same,
    name: nameOf(name, cell),
    architecture: cell.architecture,
    capacityType: cell.capacityType,
    subnets: cell.subnets,
    capacity: { cpu, memory, pods, 'ephemeral-storage': ephemeralStorage },
    ...(cell.zone !== undefined && { zone: cell.zone }),
    ...(cell.capacityType === 'mixed' && spotPercent !== undefined && { spotPercent }),
  };
}
