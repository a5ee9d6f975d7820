import type { Instant } from '../../lib/core/kubernetes.ts';
import type { AwsModel } from '../../lib/local/aws/aws-model.ts';
import { createTaskSources } from '../../lib/local/aws/create-aws-models.ts';
import type { TaskSources } from '../../lib/local/aws/ecs/fetch-inputs.ts';
import { sequentialIds } from '../../lib/local/aws/id-source.ts';
import { createS3Model } from '../../lib/local/aws/s3/s3-model.ts';
import { createSecretsManagerModel } from '../../lib/local/aws/secrets-manager/secrets-manager-model.ts';

/** The bucket of the simulated deployment. */
export const BUCKET = 'lambdalet-demo-files';

/** Whose a file in the bucket is. */
export interface FileOwner {
  readonly uid: string;
  readonly attempt: number;
}

/** What happens to the files of pods, in truth and at once. */
export interface StorageListener {
  /** A file goes, or is to go: it may be gone already. */
  onRemove(owner: FileOwner, key: string): void;
  /** The agent of a task wanted a file that is not there. */
  onMissing(owner: FileOwner, key: string): void;
}

/** S3 and Secrets Manager as they truly are. */
export interface Storage {
  /** In the form in which the SDK calls it. */
  readonly s3: Pick<AwsModel, 'handle'>;
  readonly secretsManager: Pick<AwsModel, 'handle'>;
  /** What agents read. */
  readonly sources: TaskSources;
  keys(): readonly string[];
  /** Somebody removes every file. */
  empty(now: Instant): void;
  emptiedAt(): Instant | undefined;
  /** Somebody removes every mirrored secret. */
  loseSecrets(now: Instant): void;
  /** While it is on, agents read nothing of the files that the writer lays out. */
  spoil(isOn: boolean): void;
}

/** An empty bucket, and no secrets. */
export function createStorage(seed: number, now: Instant, listener: StorageListener): Storage {
  const place = { region: 'eu-west-1', account: '111122223333' };
  const model = createS3Model();
  const secretsManager = createSecretsManagerModel({ place, ids: sequentialIds(`secrets ${seed}`) });
  const sources = createTaskSources(model, secretsManager);
  let isSpoilt = false;
  let emptiedAt: Instant | undefined;
  model.handle('CreateBucket', { Bucket: BUCKET }, now);
  return {
    secretsManager,
    s3: { handle: (name, input, at) => model.handle(name, translate(name, input, listener), at) },
    sources: {
      readSecret: (id, at) => sources.readSecret(id, at),
      readFile: (arn, at) => {
        const key = arn.split('/').slice(1).join('/');
        if (model.object(BUCKET, key) === undefined) listener.onMissing(ownerOf(key), key);
        const content = sources.readFile(arn, at);
        return isSpoilt ? content.replaceAll(/^LAMBDALET_FILES_.*$/gm, '') : content;
      },
    },
    keys: () => model.keys(BUCKET),
    empty: (at) => {
      emptiedAt = at;
      for (const Key of model.keys(BUCKET)) model.handle('DeleteObject', { Bucket: BUCKET, Key }, at);
    },
    emptiedAt: () => emptiedAt,
    loseSecrets: (at) => {
      for (const SecretId of secretsManager.names())
        secretsManager.handle('DeleteSecret', { SecretId, ForceDeleteWithoutRecovery: true }, at);
    },
    spoil: (isOn) => void (isSpoilt = isOn),
  };
}

/** The pod and the attempt of `<cluster>/<node>/<uid>/<attempt>/<container>.env`. */
function ownerOf(key: string): FileOwner {
  const [, , uid = '', attempt = ''] = key.split('/');
  return { uid, attempt: Number(attempt) };
}

interface SdkInput {
  readonly Body?: string;
  readonly Delete?: { readonly Objects: readonly { readonly Key: string }[] };
}

/** What the SDK and HTTP make of an input on its way to S3. */
function translate(name: string, input: unknown, listener: StorageListener): unknown {
  const { Body, Delete } = input as SdkInput;
  if (name === 'PutObject') return { ...(input as object), Body: Buffer.from(Body ?? '') };
  if (name !== 'DeleteObjects' || Delete === undefined) return input;
  const Keys = Delete.Objects.map(({ Key }) => Key);
  for (const key of Keys) listener.onRemove(ownerOf(key), key);
  return { ...(input as object), Keys };
}
