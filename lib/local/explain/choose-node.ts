import { withExecRole } from '../../../infra/expand-nodes.ts';
import { namesOf } from '../../../infra/names.ts';
import { chooseCluster } from '../../cli/choose-cluster.ts';
import { findNearest } from '../../cli/find-nearest.ts';
import { UsageError } from '../../cli/usage-error.ts';
import type { NamespaceCeilings } from '../../core/ceiling.ts';
import type { NodeSettings } from '../../core/node-settings.ts';
import type { TaskSettings } from '../../providers/ecs-fargate/plan/to-task-definition.ts';

/** The node that workloads are explained for. */
export interface ExplainedNode {
  readonly node: NodeSettings;
  readonly settings: TaskSettings;
  readonly namespaceCeilings: NamespaceCeilings;
  /** Of a node of a deployment file: what it is. */
  readonly title?: NodeTitle;
}

/** Which node of a deployment it is. */
export interface NodeTitle extends Pick<NodeSettings, 'name' | 'architecture' | 'capacityType' | 'region'> {
  readonly cluster: string;
}

/** Names of a deployment that is none: they only fill places in the task definition. */
const SETTINGS: TaskSettings = {
  cluster: 'example',
  logGroup: namesOf({ cluster: 'example' }).podLogGroup,
  executionRole: 'arn:aws:iam::111122223333:role/lambdalet-example-execution',
  filesBucket: 'lambdalet-example-files',
};

const EXEC_ROLE = 'arn:aws:iam::111122223333:role/lambdalet-example-exec';

/** A node and a deployment with every default. */
export function anyNode({
  architecture,
  region,
  probes,
}: Pick<NodeSettings, 'architecture' | 'region'> & { readonly probes: boolean }): ExplainedNode {
  const node: NodeSettings = {
    name: 'fargate',
    architecture,
    capacity: { cpu: '1000', memory: '8000Gi', pods: '1000', 'ephemeral-storage': '100Ti' },
    labels: {},
    taints: [],
    subnets: ['subnet-0123456789abcdef0'],
    securityGroups: [],
    assignPublicIp: false,
    capacityType: 'on-demand',
    region,
    podsReady: true,
  };
  return { node, settings: { ...SETTINGS, probes }, namespaceCeilings: {} };
}

/**
 * A node of a deployment file, with its settings: what its rules allow, its domain, its roles, its ceilings.
 * @param wanted - `region`: where the file names none
 * @throws UsageError when it is not clear which node is meant, DeploymentError for a file that cannot be used
 */
export function nodeOfDeployment(
  file: string,
  wanted: {
    readonly cluster: string | undefined;
    readonly node: string | undefined;
    readonly region: string | undefined;
  },
): ExplainedNode {
  const { settings, region = wanted.region ?? 'us-east-1' } = chooseCluster(file, wanted.cluster);
  const { cluster, networkProbes, namespaceCeilings } = settings;
  const node = { ...withExecRole(pickNode(settings.nodes, wanted.node), EXEC_ROLE), region };
  const { name, architecture, capacityType } = node;
  return {
    node,
    settings: { ...SETTINGS, cluster, logGroup: namesOf(settings).podLogGroup, probes: networkProbes },
    namespaceCeilings,
    title: { name, cluster, architecture, capacityType, region },
  };
}

function pickNode<Node extends { readonly name: string }>(
  nodes: readonly Node[],
  name: string | undefined,
): Node {
  const known = nodes.map((node) => node.name);
  const [only] = nodes;
  if (name === undefined && only !== undefined && nodes.length === 1) return only;
  if (name === undefined)
    throw new UsageError([
      `the cluster has ${nodes.length} nodes: name one with --node: ${known.join(', ')}`,
    ]);
  const found = nodes.find((node) => node.name === name);
  if (found !== undefined) return found;
  const nearest = findNearest(name, known);
  const wayOut = nearest === undefined ? `allowed are ${known.join(', ')}` : `did you mean ${nearest}?`;
  throw new UsageError([`--node is "${name}", and the cluster has no node of that name: ${wayOut}`]);
}
