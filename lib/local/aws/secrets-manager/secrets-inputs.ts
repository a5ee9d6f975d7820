import * as z from 'zod';

/** Shapes of the Secrets Manager API as far as the emulator reads them. */

const value = { SecretString: z.string().optional(), SecretBinary: z.string().optional() };
const token = { ClientRequestToken: z.string().optional() };
const secretId = { SecretId: z.string() };

export const createSecretSchema = z.object({
  Name: z.string(),
  ...value,
  ...token,
  KmsKeyId: z.string().optional(),
  Tags: z.array(z.object({ Key: z.string(), Value: z.string().default('') })).default([]),
});

export const putSecretValueSchema = z.object({ ...secretId, ...value, ...token });

export const getSecretValueSchema = z.object({
  ...secretId,
  VersionId: z.string().optional(),
  VersionStage: z.string().optional(),
});

export const describeSecretSchema = z.object(secretId);

export const deleteSecretSchema = z.object({
  ...secretId,
  ForceDeleteWithoutRecovery: z.boolean().optional(),
  RecoveryWindowInDays: z.number().optional(),
});

export const listSecretsSchema = z.object({
  MaxResults: z.number().default(100),
  NextToken: z.string().optional(),
  Filters: z.array(z.object({ Key: z.string(), Values: z.array(z.string()) })).default([]),
});
export type ListSecretsInput = z.infer<typeof listSecretsSchema>;
