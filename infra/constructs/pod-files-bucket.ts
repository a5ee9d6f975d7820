import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

export interface PodFilesBucketProps {
  /**
   * Whether the bucket survives `cdk destroy`.
   *
   * @default false - deleted with the stack, and everything in it
   */
  readonly keep?: boolean;
}

/**
 * The env files of pods on their way to ECS: written right before a launch, deleted when the containers have read them. What a crash
 * leaves behind goes after a day. No versions, because a deleted file must be gone.
 *
 * Encrypted by the key of AWS for S3: whoever may use an object may use the key, so no policy can forget it, and with the bucket key
 * a thousand pods make a handful of KMS requests. A customer managed key would cost a dollar a month and add one more lock to the same
 * two doors: the execution role reads, pod-sync writes, and nobody else has a right to either.
 */
export class PodFilesBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: PodFilesBucketProps = {}) {
    super(scope, id);
    const keep = props.keep ?? false;
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.KMS_MANAGED,
      bucketKeyEnabled: true,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      versioned: false,
      lifecycleRules: [
        { id: 'forget', expiration: Duration.days(1), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy: keep ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
      autoDeleteObjects: !keep,
    });
  }
}
