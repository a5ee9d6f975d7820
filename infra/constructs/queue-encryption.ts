import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { QueueProps } from 'aws-cdk-lib/aws-sqs';

type Encryption = Pick<QueueProps, 'encryption' | 'encryptionMasterKey' | 'dataKeyReuse'>;

/** How a queue is encrypted: by SQS itself, or by a customer managed key, of which a data key is used for a day to save KMS requests. */
export function queueEncryption(encryptionKey: IKey | undefined): Encryption {
  if (encryptionKey === undefined) return { encryption: QueueEncryption.SQS_MANAGED };
  return {
    encryption: QueueEncryption.KMS,
    encryptionMasterKey: encryptionKey,
    dataKeyReuse: Duration.hours(24),
  };
}
