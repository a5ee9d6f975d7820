import * as z from 'zod';
import { mirrorPrefixes } from './names.ts';

const readable = z.string().optional().catch(undefined);
const readableList = z.array(readable).optional().catch(undefined);

/** Just what the rules across fields read, so that they can speak even when the shape has faults elsewhere. */
const lenientSchema = z
  .object({
    cluster: readable,
    region: readable,
    account: readable,
    identity: z.object({ secret: readable }).catch({}),
    functionsVpc: z.unknown().optional(),
    networkProbes: z.unknown().optional(),
    nodes: z
      .array(
        z
          .object({
            name: readable,
            zone: readable,
            defaultTaskRole: readable,
            taskRoles: z.record(z.string(), readable).optional().catch(undefined),
            allow: z
              .array(z.object({ taskRoles: readableList, executionRoles: readableList }).catch({}))
              .optional()
              .catch(undefined),
          })
          .catch({}),
      )
      .catch([]),
  })
  .catch({ nodes: [], identity: {} });

type Lenient = z.output<typeof lenientSchema>;
type LenientNode = Lenient['nodes'][number];

/** Faults between fields, judged on the raw file so that they come together with the faults of the shape. */
export function crossFaults(raw: unknown): readonly string[] {
  const file = lenientSchema.parse(raw);
  return [
    ...secretFaults(file),
    ...probeFaults(file),
    ...file.nodes.flatMap((node, at) => [
      ...nameFaults(file.nodes, node, at),
      ...zoneFaults(file, node, at),
      ...roleFaults(file, node, at),
    ]),
  ];
}

/** Secrets with these names are written and deleted as pods come and go; the kubeconfig must be out of that reach. */
function secretFaults({ cluster, identity: { secret } }: Lenient): readonly string[] {
  if (cluster === undefined || secret === undefined) return [];
  const prefixes = mirrorPrefixes(cluster);
  const name = secret.replace(/^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:/, '');
  if (!prefixes.some((prefix) => name.startsWith(prefix))) return [];
  return [
    `identity.secret has a name among the copies of the pods' secrets: allowed is a name that does not begin with ${prefixes.join(' or ')}; ` +
      `call it lambdalet/${cluster}/kubeconfig`,
  ];
}

function probeFaults({ functionsVpc, networkProbes }: Lenient): readonly string[] {
  if (networkProbes !== true || functionsVpc !== undefined) return [];
  return [
    'networkProbes is true: allowed is true only with functionsVpc, because pods have private addresses; add functionsVpc, or leave networkProbes out',
  ];
}

function nameFaults(nodes: readonly LenientNode[], { name }: LenientNode, at: number): readonly string[] {
  const first = nodes.findIndex((other) => other.name === name);
  if (name === undefined || first === at) return [];
  return [
    `nodes[${at}].name is "${name}", as nodes[${first}].name is: allowed is a name of its own; rename one of them`,
  ];
}

function zoneFaults({ region }: Lenient, { zone }: LenientNode, at: number): readonly string[] {
  if (zone === undefined || region === undefined || zone.startsWith(region)) return [];
  return [
    `nodes[${at}].zone is "${zone}": allowed is a zone of ${region}, the region of this file; correct one of them`,
  ];
}

/** ECS takes roles of its own account only: a role is passed, and IAM passes none to another account. */
function roleFaults({ account }: Lenient, node: LenientNode, at: number): readonly string[] {
  if (account === undefined) return [];
  return rolesIn(node).flatMap(([path, arn]) => {
    const owner = /^arn:[^:]*:iam::(\d{12}):role\//.exec(arn ?? '')?.[1];
    if (owner === undefined || owner === account) return [];
    return [
      `nodes[${at}].${path} is a role of account ${owner}: allowed is a role of ${account}, the account of this file; ` +
        'let the program assume the other role, or correct one of them',
    ];
  });
}

type PlacedRole = readonly [path: string, arn: string | undefined];

function rolesIn({ defaultTaskRole, taskRoles = {}, allow = [] }: LenientNode): readonly PlacedRole[] {
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
