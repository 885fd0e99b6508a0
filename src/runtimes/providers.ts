/** Where a model runs, as commands and the library name it. */
export const devices = ['cpu', 'cuda', 'webgpu'] as const;

export type Device = (typeof devices)[number];

/** The execution providers of a device, first choice first: what a device lacks, the processor computes. */
export const providersOf = (device: Device): Device[] => (device === 'cpu' ? ['cpu'] : [device, 'cpu']);
