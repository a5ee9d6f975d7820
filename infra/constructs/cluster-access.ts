import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import { Construct } from 'constructs';
import { FUNCTION_NAMES } from '../names.ts';
import type { FunctionName } from '../names.ts';
import type { LoopFunction } from './loop-function.ts';

/** The group that infra/bootstrap.yaml binds. EKS refuses groups that begin with `system:` in entries of type STANDARD. */
const GROUP = 'lambdalet';

export interface ClusterAccessProps {
  /** Name of the EKS cluster, in the same account and Region. */
  readonly clusterName: string;
  readonly functions: Readonly<Record<FunctionName, LoopFunction>>;
}

/** Lets the functions into an EKS cluster as members of the group `lambdalet`; what that group may do is RBAC's. */
export class ClusterAccess extends Construct {
  constructor(scope: Construct, id: string, props: ClusterAccessProps) {
    super(scope, id);
    for (const name of FUNCTION_NAMES) {
      new CfnAccessEntry(this, name, {
        clusterName: props.clusterName,
        principalArn: props.functions[name].role.roleArn,
        kubernetesGroups: [GROUP],
        type: 'STANDARD',
      });
    }
  }
}
