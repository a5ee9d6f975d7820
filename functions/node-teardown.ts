import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { wireNodeTeardown } from '../lib/wiring.ts';

const onRequest = wireNodeTeardown(process.env);

/** Invoked by CloudFormation for the custom resource of one node: on Delete the node, its pods' tasks and its lease go. */
export const handler = (event: CloudFormationCustomResourceEvent, context: Context): Promise<void> =>
  onRequest(event, context);
