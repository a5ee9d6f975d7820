import { SQSClient } from '@aws-sdk/client-sqs';

/** A client of the SQS at an endpoint that takes any credentials; it tries once. */
export function sqsClientOf(endpoint: string): SQSClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new SQSClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
}
