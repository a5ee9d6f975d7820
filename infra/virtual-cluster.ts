import { Stack, Tags, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { bootstrapInputOf } from './bootstrap-input.ts';
import { BootstrapFile } from './constructs/bootstrap-file.ts';
import { ClusterState } from './constructs/cluster-state.ts';
import { ControlLoop } from './constructs/control-loop.ts';
import { Observability } from './constructs/observability.ts';
import type { Place } from './cross-faults.ts';
import { findFunctions } from './find-functions.ts';
import { acknowledgeFindings } from './nag-reasons.ts';
import { readCluster } from './read-cluster.ts';
import { renderBootstrap } from './render-bootstrap.ts';
import { warnOfRuntimeEnd } from './runtime-end.ts';
import type { VirtualClusterProps } from './virtual-cluster-props.ts';

/**
 * Virtual nodes of one Kubernetes cluster, whose pods run on Fargate, and the control loop that keeps them alive from outside of the
 * cluster. Looks nothing up: it synthesizes without credentials and network.
 *
 * @example
 * new VirtualCluster(stack, 'Burst', {
 *   clusterName: 'prod',
 *   identityMode: 'kubeconfig',
 *   secret: 'lambdalet/prod/kubeconfig',
 *   nodes: [{ name: 'burst-{architecture}', subnets: ['subnet-..'], architectures: ['amd64', 'arm64'] }],
 * });
 */
export class VirtualCluster extends Construct {
  /** What holds state. */
  readonly state: ClusterState;
  /** What acts: the functions and their roles among it. */
  readonly controlLoop: ControlLoop;
  /**
   * YAML of the rights in the Kubernetes cluster, as `lambdalet bootstrap` prints it: apply it before the first deployment, and again
   * whenever it changes. Synthesis writes it beside the templates, too, as `lambdalet-<clusterName>.bootstrap.yaml`.
   */
  readonly bootstrap: string;

  /** @throws DeploymentError with every fault of the props: prop, value seen, values allowed, way out. */
  constructor(scope: Construct, id: string, props: VirtualClusterProps) {
    super(scope, id);
    const { stateScope = this, observabilityScope = this, functionsPath = findFunctions(), ...rest } = props;
    const settings = readCluster(rest, this.node.path, placeOf(this));
    // In a scope of others a part needs the name of its cluster, which outlives any path of constructs.
    const idIn = (where: Construct, part: string): string =>
      where === this ? part : `${settings.cluster}-${part}`;
    this.state = new ClusterState(stateScope, idIn(stateScope, 'State'), { settings });
    this.controlLoop = new ControlLoop(this, 'ControlLoop', { settings, state: this.state, functionsPath });
    this.bootstrap = renderBootstrap(bootstrapInputOf(settings));
    new BootstrapFile(this, 'Bootstrap', { cluster: settings.cluster, yaml: this.bootstrap });
    const parts: Construct[] = [this.state, this.controlLoop];
    if (settings.alarms || settings.dashboard) {
      const { state, controlLoop } = this;
      const partId = idIn(observabilityScope, 'Observability');
      parts.push(new Observability(observabilityScope, partId, { settings, state, controlLoop }));
    }
    for (const part of parts) {
      for (const [key, value] of Object.entries({
        ...settings.tags,
        'lambdalet:cluster': settings.cluster,
      })) {
        Tags.of(part).add(key, value);
      }
    }
    acknowledgeFindings(this, { state: this.state, controlLoop: this.controlLoop, settings });
    warnOfRuntimeEnd(this, new Date());
  }
}

/** Region and account of the stack, where it is bound to them. */
function placeOf(scope: Construct): Place {
  const { region, account } = Stack.of(scope);
  return {
    ...(!Token.isUnresolved(region) && { region }),
    ...(!Token.isUnresolved(account) && { account }),
  };
}
