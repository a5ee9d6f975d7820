import { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface PodLogsProps {
  readonly logGroupName: string;
  /** One of the retentions of CloudWatch Logs. */
  readonly retentionDays: number;
  /**
   * Whether the logs survive `cdk destroy`.
   *
   * @default false - deleted with the stack
   */
  readonly keep?: boolean;
  /** @default - no key of your own */
  readonly encryptionKey?: IKey;
}

/** The one log group that the containers of all pods of the cluster write to. */
export class PodLogs extends Construct {
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: PodLogsProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'LogGroup', {
      logGroupName: props.logGroupName,
      ...(props.encryptionKey !== undefined && { encryptionKey: props.encryptionKey }),
      removalPolicy: props.keep === true ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
    // The construct takes an enum whose values are these numbers.
    (this.logGroup.node.defaultChild as CfnLogGroup).retentionInDays = props.retentionDays;
  }
}
