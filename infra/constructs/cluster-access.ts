import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import { Construct } from 'constructs';

export interface ClusterAccessProps {
  /** Name of the EKS cluster, in the same account and Region. */
  readonly clusterName: string;
  /** The group that the rendered bootstrap binds: {@link bootstrapNames}. */
  readonly group: string;
  /** ARNs of the roles that become members, by what they are called here. */
  readonly roleArns: Readonly<Record<string, string>>;
}

/** Lets roles into an EKS cluster as members of a group; what that group may do is RBAC's. */
export class ClusterAccess extends Construct {
  constructor(scope: Construct, id: string, props: ClusterAccessProps) {
    super(scope, id);
    for (const [name, principalArn] of Object.entries(props.roleArns)) {
      new CfnAccessEntry(this, name, {
        clusterName: props.clusterName,
        principalArn,
        kubernetesGroups: [props.group],
        type: 'STANDARD',
      });
    }
  }
}
