import type { InferenceSession } from 'onnxruntime-common';
import type { RuntimeOptions } from '../engine/index.js';
import { UserError } from '../errors/index.js';

/**
 * The session option for outputs that stay on the device, of which ONNX Runtime's JavaScript knows WebGPU's alone.
 * @throws UserError when outputs are to stay on a device that has no such option
 */
export function keptOutputs({
  providers: [wanted = 'cpu'] = [],
  keepOnDevice = [],
}: RuntimeOptions): Pick<InferenceSession.SessionOptions, 'preferredOutputLocation'> {
  if (keepOnDevice.length === 0) return {};
  if (wanted !== 'webgpu') {
    throw new UserError(
      `keepOnDevice names ${keepOnDevice.join(', ')}, but outputs can stay on the device with webgpu alone, not with ` +
        `${wanted}: leave keepOnDevice out, and pass results in memory with run(feeds, { into })`,
    );
  }
  return { preferredOutputLocation: Object.fromEntries(keepOnDevice.map((name) => [name, 'gpu-buffer' as const])) };
}
