import type { CloudFormationCustomResourceEvent } from 'aws-lambda';

/** What CloudFormation is told about a custom resource. */
export interface Answer {
  readonly status: 'SUCCESS' | 'FAILED';
  readonly physicalResourceId: string;
  readonly reason: string;
}

/**
 * Answers CloudFormation with one PUT to the request's presigned URL. Throws when the answer was not taken: Lambda runs the
 * asynchronous invocation again, and every step of the handler may be repeated.
 */
export async function answerRequest(event: CloudFormationCustomResourceEvent, answer: Answer): Promise<void> {
  const body = JSON.stringify({
    Status: answer.status,
    PhysicalResourceId: answer.physicalResourceId,
    Reason: answer.reason,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  });
  // The URL is signed for an empty content type; any other is refused by S3.
  const response = await fetch(event.ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
  if (!response.ok) throw new Error(`CloudFormation did not take the answer: HTTP ${response.status}`);
}
