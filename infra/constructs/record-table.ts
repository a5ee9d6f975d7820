import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

export interface RecordTableProps {
  /**
   * Whether the table survives `cdk destroy`, refuses deletion and can be restored to any second of the last 35 days.
   *
   * @default false - deleted with the stack
   */
  readonly keep?: boolean;
  /** @default - the key of AWS */
  readonly encryptionKey?: IKey;
}

/**
 * The memory of the control loop: one item per pod, slot and mark, keyed by the texts `pk` and `sk`. On demand, because a quiet
 * cluster makes almost no requests and a burst makes thousands. DynamoDB deletes an item some time after `expiresAt`, which is in
 * seconds of the epoch (a rule of DynamoDB's TTL).
 */
export class RecordTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, props: RecordTableProps = {}) {
    super(scope, id);
    const keep = props.keep ?? false;
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'expiresAt',
      ...(props.encryptionKey !== undefined && {
        encryption: TableEncryption.CUSTOMER_MANAGED,
        encryptionKey: props.encryptionKey,
      }),
      deletionProtection: keep,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: keep },
      // A first deployment that fails must not leave a table behind.
      removalPolicy: keep ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
  }
}
