import { parentPort, workerData } from 'node:worker_threads';
import { countDeployment, type CountOptions } from './count-deployment.ts';

// A thread has variables and a standard output of its own, which counting takes over.
parentPort?.postMessage(await countDeployment(workerData as CountOptions));
