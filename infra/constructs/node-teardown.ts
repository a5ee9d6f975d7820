import { CustomResource, Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

export interface NodeTeardownProps {
  readonly nodeName: string;
  readonly handler: IFunction;
}

/**
 * The life of one virtual node as CloudFormation sees it. CloudFormation invokes the function itself (no framework in between), once
 * for each of Create, Update and Delete, with
 * `{ RequestType, ResponseURL, StackId, RequestId, LogicalResourceId, PhysicalResourceId?, ResourceProperties: { ServiceToken,
 * ServiceTimeout, Node } }`, and waits for one PUT of
 * `{ Status, PhysicalResourceId, StackId, RequestId, LogicalResourceId, Reason? }` to `ResponseURL`. Every answer must carry the name
 * of the node as `PhysicalResourceId`: another one would make CloudFormation delete the old one, which is the node.
 *
 * On Delete the node may be missing in `LAMBDALET_NODES` already: taking it out of the deployment file updates the function first
 * and deletes the resource afterwards. `ResourceProperties.Node` is what counts.
 */
export class NodeTeardown extends Construct {
  constructor(scope: Construct, id: string, props: NodeTeardownProps) {
    super(scope, id);
    new CustomResource(this, 'Resource', {
      resourceType: 'Custom::LambdaletNode',
      serviceToken: props.handler.functionArn,
      // Lambda runs an asynchronous event that failed or timed out up to three times, 900 s each.
      serviceTimeout: Duration.minutes(50),
      properties: { Node: props.nodeName },
    });
  }
}
