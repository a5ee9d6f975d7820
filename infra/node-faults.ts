import { FIXED_LABELS, OWN_TAINT } from '../lib/core/node.ts';
import { isRestrictedLabel } from '../lib/core/node-restriction.ts';
import { isKnownLater } from './deployment-rules.ts';
import { namesIn } from './expand-nodes.ts';
import type { LenientCluster, LenientNode } from './lenient-cluster.ts';
import { MOST_ROLE_ROOM, roomOf } from './role-room.ts';

/** Nodes of one cluster: each has a custom resource and three alarms, and a stack holds 500 resources. */
const MOST_NODES = 100;

/** Faults between the fields of the nodes of a cluster, with their paths below it. */
export function nodeFaults(cluster: LenientCluster): readonly string[] {
  const names = new Map<string, number>();
  return [
    ...(cluster.region === undefined ? zoneFaults(cluster) : []),
    ...cluster.nodes.flatMap((node, at) => [
      ...placeFaults(cluster, node, at),
      ...nameFaults(names, node, at),
      ...labelFaults(cluster, node, at),
      ...fixedLabelFaults(node, at),
      ...taintFaults(node, at),
    ]),
    ...roleRoomFaults(cluster),
    ...(names.size <= MOST_NODES
      ? []
      : [
          `nodes stands for ${names.size} nodes: allowed are ${MOST_NODES}; spread them over several clusters of this kind, or leave out ` +
            'zones, architectures or capacityTypes',
        ]),
  ];
}

function placeFaults(
  { region }: LenientCluster,
  { subnets, zones, spotPercent, capacityTypes }: LenientNode,
  at: number,
): readonly string[] {
  const faults: string[] = [];
  if ((subnets === undefined) === (zones === undefined)) {
    const seen = subnets === undefined ? 'has neither subnets nor zones' : 'has subnets and zones';
    faults.push(
      `nodes[${at}] ${seen}: allowed is one of both; zones make a node for each zone, subnets one node over all`,
    );
  }
  for (const zone of Object.keys(zones ?? {})) {
    if (region === undefined || isKnownLater(zone) || zone.startsWith(region)) continue;
    faults.push(
      `nodes[${at}].zones has "${zone}": allowed are zones of ${region}, the region of the cluster; correct one of them`,
    );
  }
  if (spotPercent !== undefined && !(capacityTypes ?? []).includes('mixed')) {
    faults.push(
      `nodes[${at}].spotPercent has a value: allowed only with mixed among capacityTypes; add mixed, or leave it out`,
    );
  }
  return faults;
}

/** Without a region in the file the zones say it, and there is one. */
function zoneFaults({ nodes }: LenientCluster): readonly string[] {
  const placed = nodes.flatMap(({ zones = {} }, at) =>
    Object.keys(zones).flatMap((zone) => {
      const region = /^[a-z]{2}(-[a-z]+)+-\d/.exec(zone)?.[0];
      return region === undefined ? [] : [{ at, zone, region }];
    }),
  );
  const [first] = placed;
  return placed.flatMap(({ at, zone, region }) =>
    first === undefined || region === first.region
      ? []
      : [
          `nodes[${at}].zones has "${zone}", and nodes[${first.at}].zones has "${first.zone}": allowed are zones of one Region, that of the ` +
            'cluster; correct one of them, or make a cluster in each Region',
        ],
  );
}

/** Each name that an entry stands for is a DNS name of its own. */
function nameFaults(taken: Map<string, number>, node: LenientNode, at: number): readonly string[] {
  const { name = '', zones } = node;
  return madeNames(node).flatMap((full) => {
    const first = taken.get(full);
    taken.set(full, first ?? at);
    if (first === at) {
      return [
        `nodes[${at}].name is "${name}", which gives "${full}" twice: allowed is a name with {zone}, {architecture} or {capacityType} ` +
          'for each of them that has several values; add them',
      ];
    }
    if (first !== undefined) {
      return [
        `nodes[${at}].name gives "${full}", as nodes[${first}].name does: allowed is a name of its own; rename one of them`,
      ];
    }
    // Braces that mean nothing are a fault of the shape.
    if (!full.includes('{') && (full.length > 63 || !SUBDOMAIN.test(full))) {
      return [
        `nodes[${at}].name gives "${full}": allowed is a lower-case DNS name of at most 63 characters (it becomes a label value); ` +
          (zones === undefined && name.includes('{zone}')
            ? 'use {zone} only with zones'
            : 'shorten or correct it'),
      ];
    }
    return [];
  });
}

/** The names of all nodes that an entry stands for. One that is known only later has a fault of its shape, and gives none. */
export function madeNames(node: LenientNode): readonly string[] {
  const { name } = node;
  if (name === undefined || isKnownLater(name)) return [];
  return namesIn({
    name,
    zones: node.zones && Object.fromEntries(Object.keys(node.zones).map((zone) => [zone, []])),
    architectures: node.architectures ?? ['amd64'],
    capacityTypes: node.capacityTypes ?? ['on-demand'],
  });
}

/** What the API server takes as the name of a Node (RFC 1123). */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** pod-sync may hand over each of the roles, and its policies say so one by one. */
function roleRoomFaults({ nodes }: LenientCluster): readonly string[] {
  const roles = new Set(nodes.flatMap((node) => rolesIn(node).flatMap(([, arn]) => arn ?? [])));
  const room = [...roles].reduce((sum, arn) => sum + roomOf(arn), 0);
  if (room <= MOST_ROLE_ROOM) return [];
  return [
    `nodes name ${roles.size} roles of pods, which count ${room} characters (100 for each at least): allowed are ${MOST_ROLE_ROOM}, which is what ` +
      'the policies of a function have room for; let pods share roles, or spread the nodes over several clusters of this kind',
  ];
}

type PlacedRole = readonly [path: string, arn: string | undefined];

/** Each role that a node names for pods, with its path below the node. */
export function rolesIn({ defaultTaskRole, taskRoles = {}, allow = [] }: LenientNode): readonly PlacedRole[] {
  const listed = (path: string, arns: readonly (string | undefined)[] = []): readonly PlacedRole[] =>
    arns.map((arn, at) => [`${path}[${at}]`, arn] as const);
  return [
    ['defaultTaskRole', defaultTaskRole],
    ...Object.entries(taskRoles).map(([key, arn]) => [`taskRoles.${key}`, arn] as const),
    ...allow.flatMap((rule, at) => [
      ...listed(`allow[${at}].taskRoles`, rule.taskRoles),
      ...listed(`allow[${at}].executionRoles`, rule.executionRoles),
    ]),
  ];
}

/** One such label would keep the node from ever being made. */
function labelFaults(
  { impersonateNodes }: LenientCluster,
  { labels = {} }: LenientNode,
  at: number,
): readonly string[] {
  if (impersonateNodes !== true) return [];
  return Object.keys(labels)
    .filter(isRestrictedLabel)
    .map(
      (key) =>
        `nodes[${at}].labels has ${key}: with impersonateNodes allowed are labels that a node may give itself (NodeRestriction), such as ` +
        'those without kubernetes.io and k8s.io; let an administrator set it on the Node, or leave it out',
    );
}

/** A node that says another architecture, system or name of itself than it has gets pods that cannot run. */
function fixedLabelFaults({ labels = {} }: LenientNode, at: number): readonly string[] {
  return Object.entries(labels)
    .filter(([key]) => FIXED_LABELS.includes(key))
    .map(
      ([key, value]) =>
        `nodes[${at}].labels has ${key}: ${JSON.stringify(value)}: allowed are labels besides ${FIXED_LABELS.join(', ')}, which every node ` +
        'gets from its other keys; leave it out, or choose a label of your own',
    );
}

/** The API server makes no Node with two taints of one key and effect. */
function taintFaults({ taints = [] }: LenientNode, at: number): readonly string[] {
  const own = `${OWN_TAINT.key}:${OWN_TAINT.effect}`;
  const seen = new Map<string, number>();
  return taints.flatMap(({ key, effect }, position) => {
    if (key === undefined || effect === undefined) return [];
    const taint = `${key}:${effect}`;
    const first = seen.get(taint);
    seen.set(taint, first ?? position);
    const path = `nodes[${at}].taints[${position}] is "${taint}"`;
    if (taint === own) {
      return [`${path}, which every node has: allowed is any other taint; leave it out`];
    }
    if (first === undefined) return [];
    return [
      `${path}, as taints[${first}] is: allowed is one taint of a key and effect; leave one of them out`,
    ];
  });
}
