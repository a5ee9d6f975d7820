import { ECSClient } from '@aws-sdk/client-ecs';
import type { AwsSession } from './ask-aws.ts';
import { AwsRefusal } from './aws-refusal.ts';

/**
 * Region and credentials as every SDK and the CLI find them (environment, profile, SSO, roles, ..), by the SDK's own chain.
 *
 * @param region - where the deployment file names one
 * @throws AwsRefusal when there is no Region
 */
export async function openSession(
  region: string | undefined,
  environment: AwsSession['environment'],
): Promise<AwsSession> {
  const { config } = new ECSClient(region === undefined ? {} : { region });
  const found = await config.region().catch((cause: unknown) => {
    throw new AwsRefusal(
      'NoRegion',
      'no Region is known: neither the file, AWS_REGION nor the AWS profile names one',
      {
        cause,
      },
    );
  });
  const { hostname } = config.endpointProvider({ Region: found }).url;
  const credentials: AwsSession['credentials'] = async () => {
    try {
      return await config.credentials();
    } catch (cause) {
      const words = cause instanceof Error ? cause.message : String(cause);
      throw new AwsRefusal('NoCredentials', `there are no AWS credentials (${words})`, { cause });
    }
  };
  return { region: found, domain: hostname.split('.').slice(2).join('.'), credentials, environment };
}
