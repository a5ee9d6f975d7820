import { describe, expect, it } from 'vitest';
import { placeProblems } from '../../lib/doctor/judges/judge-server-place.ts';

const at = (url: string, isInVpc = false) => placeProblems({ endpoint: { url }, headers: {} }, isInVpc);

describe('where the secret says that the API server is', () => {
  it.each(['https://127.0.0.1:6443', 'https://localhost:6443', 'https://[::1]:6443', 'https://127.8.9.1'])(
    'may not be the machine of whoever wrote it: %s',
    (url) => {
      for (const isInVpc of [true, false])
        expect(at(url, isInVpc)).toMatchObject([
          { status: 'fault', message: expect.stringContaining('for the functions is themselves') as string },
        ]);
    },
  );

  it.each([
    'https://10.0.0.5:6443',
    'https://172.31.0.1',
    'https://192.168.1.2',
    'https://100.64.3.4',
    'https://[fd00::1]',
  ])('may be private only for functions in a VPC: %s', (url) => {
    expect(at(url, true)).toEqual([]);
    expect(at(url)).toMatchObject([
      { status: 'fault', fix: expect.stringContaining('functionSubnets') as string },
    ]);
  });

  it.each([
    'https://api.example.com',
    'https://203.0.113.7:6443',
    'https://172.32.0.1',
    'https://[2001:db8::1]',
  ])('may be anywhere else: %s', (url) => {
    expect(at(url)).toEqual([]);
  });
});
