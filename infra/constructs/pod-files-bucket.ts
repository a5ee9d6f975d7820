import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

export interface PodFilesBucketProps {
  /**
   * Whether the bucket survives `cdk destroy`.
   *
   * @default false - deleted with the stack; the teardown of the nodes has emptied it by then
   */
  readonly keep?: boolean;
  /** @default - the key of AWS for S3 */
  readonly encryptionKey?: IKey;
}

/**
 * The env files of pods on their way to ECS: written right before a launch, deleted when the containers have read them. What a crash
 * leaves behind goes after a day. No versions, because a deleted file must be gone.
 *
 * Encrypted by the key of AWS for S3 unless one is given: whoever may use an object may use that key, so no policy can forget it, and
 * with the bucket key a thousand pods make a handful of KMS requests.
 */
export class PodFilesBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: PodFilesBucketProps = {}) {
    super(scope, id);
    const keep = props.keep ?? false;
    this.bucket = new Bucket(this, 'Bucket', {
      ...(props.encryptionKey === undefined
        ? { encryption: BucketEncryption.KMS_MANAGED }
        : { encryption: BucketEncryption.KMS, encryptionKey: props.encryptionKey }),
      bucketKeyEnabled: true,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      versioned: false,
      lifecycleRules: [
        { id: 'forget', expiration: Duration.days(1), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy: keep ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
  }
}
