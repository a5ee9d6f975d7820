import * as z from 'zod';

/** Shapes of the ECS API as far as the emulator reads them; other fields are kept and given back, as ECS does. */

const strings = z.array(z.string());
const keyValue = z.object({ name: z.string(), value: z.string() });
const environmentFiles = z.array(z.object({ value: z.string(), type: z.string() }));
const tags = z.array(z.object({ key: z.string(), value: z.string().default('') }));

const containerDefinitionSchema = z.looseObject({
  name: z.string().optional(),
  image: z.string().optional(),
  cpu: z.number().optional(),
  memory: z.number().optional(),
  memoryReservation: z.number().optional(),
  essential: z.boolean().optional(),
  entryPoint: strings.optional(),
  command: strings.optional(),
  environment: z.array(keyValue).optional(),
  environmentFiles: environmentFiles.optional(),
  secrets: z.array(z.object({ name: z.string(), valueFrom: z.string() })).optional(),
  repositoryCredentials: z.object({ credentialsParameter: z.string() }).optional(),
  mountPoints: z
    .array(
      z.object({
        sourceVolume: z.string().optional(),
        containerPath: z.string().optional(),
        readOnly: z.boolean().optional(),
      }),
    )
    .optional(),
  systemControls: z
    .array(z.object({ namespace: z.string().optional(), value: z.string().optional() }))
    .optional(),
  ulimits: z.array(z.object({ name: z.string(), softLimit: z.number(), hardLimit: z.number() })).optional(),
  dependsOn: z.array(z.object({ containerName: z.string(), condition: z.string() })).optional(),
  portMappings: z
    .array(z.looseObject({ containerPort: z.number().optional(), hostPort: z.number().optional() }))
    .optional(),
  logConfiguration: z
    .looseObject({ logDriver: z.string(), options: z.record(z.string(), z.string()).optional() })
    .optional(),
  healthCheck: z
    .looseObject({
      command: strings,
      interval: z.number().optional(),
      timeout: z.number().optional(),
      retries: z.number().optional(),
      startPeriod: z.number().optional(),
    })
    .optional(),
  restartPolicy: z
    .looseObject({
      enabled: z.boolean(),
      ignoredExitCodes: z.array(z.number()).optional(),
      restartAttemptPeriod: z.number().optional(),
    })
    .optional(),
  readonlyRootFilesystem: z.boolean().optional(),
  workingDirectory: z.string().optional(),
  startTimeout: z.number().optional(),
  stopTimeout: z.number().optional(),
  linuxParameters: z
    .looseObject({
      capabilities: z.looseObject({ add: strings.optional() }).optional(),
      devices: z.array(z.unknown()).optional(),
      sharedMemorySize: z.number().optional(),
      maxSwap: z.number().optional(),
      tmpfs: z
        .array(
          z.object({
            containerPath: z.string(),
            size: z.number(),
            mountOptions: strings.optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});
export type ContainerDefinition = z.infer<typeof containerDefinitionSchema>;

const volumeSchema = z.looseObject({
  name: z.string().optional(),
  host: z.looseObject({ sourcePath: z.string().optional() }).optional(),
  dockerVolumeConfiguration: z.unknown().optional(),
  fsxWindowsFileServerVolumeConfiguration: z.unknown().optional(),
  efsVolumeConfiguration: z
    .looseObject({
      fileSystemId: z.string(),
      rootDirectory: z.string().optional(),
      transitEncryption: z.string().optional(),
      transitEncryptionPort: z.number().optional(),
      authorizationConfig: z
        .object({ accessPointId: z.string().optional(), iam: z.string().optional() })
        .optional(),
    })
    .optional(),
});
export type VolumeDefinition = z.infer<typeof volumeSchema>;

export const registerTaskDefinitionSchema = z.looseObject({
  family: z.string().optional(),
  containerDefinitions: z.array(containerDefinitionSchema).optional(),
  networkMode: z.string().optional(),
  requiresCompatibilities: strings.optional(),
  cpu: z.string().optional(),
  memory: z.string().optional(),
  executionRoleArn: z.string().optional(),
  taskRoleArn: z.string().optional(),
  ephemeralStorage: z.object({ sizeInGiB: z.number() }).optional(),
  volumes: z.array(volumeSchema).optional(),
  pidMode: z.string().optional(),
  ipcMode: z.string().optional(),
  runtimePlatform: z
    .object({ cpuArchitecture: z.string().optional(), operatingSystemFamily: z.string().optional() })
    .optional(),
  tags: tags.optional(),
});
export type RegisterTaskDefinitionInput = z.infer<typeof registerTaskDefinitionSchema>;

const containerOverrideSchema = z.looseObject({
  name: z.string().optional(),
  command: strings.optional(),
  environment: z.array(keyValue).optional(),
  environmentFiles: environmentFiles.optional(),
});

const overridesSchema = z.looseObject({
  executionRoleArn: z.string().optional(),
  taskRoleArn: z.string().optional(),
  ephemeralStorage: z.object({ sizeInGiB: z.number() }).optional(),
  containerOverrides: z.array(containerOverrideSchema).optional(),
  cpu: z.string().optional(),
  memory: z.string().optional(),
});
export type Overrides = z.infer<typeof overridesSchema>;

export const runTaskSchema = z.looseObject({
  taskDefinition: z.string(),
  cluster: z.string().optional(),
  count: z.number().optional(),
  clientToken: z.string().optional(),
  startedBy: z.string().optional(),
  group: z.string().optional(),
  launchType: z.string().optional(),
  platformVersion: z.string().optional(),
  capacityProviderStrategy: z.array(z.looseObject({ capacityProvider: z.string() })).optional(),
  networkConfiguration: z
    .object({
      awsvpcConfiguration: z
        .looseObject({
          subnets: strings,
          securityGroups: strings.optional(),
          assignPublicIp: z.string().optional(),
        })
        .optional(),
    })
    .optional(),
  overrides: overridesSchema.optional(),
  enableExecuteCommand: z.boolean().optional(),
  propagateTags: z.string().optional(),
  tags: tags.optional(),
});
export type RunTaskInput = z.infer<typeof runTaskSchema>;

export const stopTaskSchema = z.object({
  cluster: z.string().optional(),
  task: z.string(),
  reason: z.string().optional(),
});

export const describeTasksSchema = z.object({
  cluster: z.string().optional(),
  tasks: strings,
  include: strings.optional(),
});

export const listTasksSchema = z.object({
  cluster: z.string().optional(),
  startedBy: z.string().optional(),
  family: z.string().optional(),
  serviceName: z.string().optional(),
  containerInstance: z.string().optional(),
  launchType: z.string().optional(),
  desiredStatus: z.string().optional(),
  maxResults: z.number().optional(),
  nextToken: z.string().optional(),
});
export type ListTasksInput = z.infer<typeof listTasksSchema>;

export const taskDefinitionNameSchema = z.object({ taskDefinition: z.string(), include: strings.optional() });

export const listTaskDefinitionsSchema = z.object({
  familyPrefix: z.string().optional(),
  status: z.string().optional(),
  sort: z.string().optional(),
  maxResults: z.number().optional(),
  nextToken: z.string().optional(),
});

export const tagResourceSchema = z.object({ resourceArn: z.string(), tags });

export const untagResourceSchema = z.object({ resourceArn: z.string(), tagKeys: strings });

export const describeClustersSchema = z.object({ clusters: strings.optional(), include: strings.optional() });

export const executeCommandSchema = z.object({
  cluster: z.string().optional(),
  task: z.string(),
  container: z.string().optional(),
  command: z.string(),
  interactive: z.boolean(),
});
