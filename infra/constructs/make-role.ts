import { ManagedPolicy, Role } from 'aws-cdk-lib/aws-iam';
import type { IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { ClusterSettings } from '../cluster-settings.ts';

/** A role as the account wants its roles: with the path and the permissions boundary of the settings. */
export function makeRole(
  scope: Construct,
  id: string,
  props: {
    readonly assumedBy: IPrincipal;
    readonly description: string;
    readonly settings: Pick<ClusterSettings, 'rolePath' | 'permissionsBoundaryArn'>;
  },
): Role {
  const { assumedBy, description, settings } = props;
  const { rolePath, permissionsBoundaryArn } = settings;
  return new Role(scope, id, {
    assumedBy,
    description,
    path: rolePath,
    ...(permissionsBoundaryArn !== undefined && {
      permissionsBoundary: ManagedPolicy.fromManagedPolicyArn(scope, `${id}Boundary`, permissionsBoundaryArn),
    }),
  });
}
