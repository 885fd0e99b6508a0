import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-common';
import {
  describeType,
  type ElementType,
  type HostTensor,
  isHostTensor,
  type Session,
  type SessionTensor,
} from '../engine/index.js';
import { runUncopied } from './uncopiedOutputs.js';

const hostTensor = (tensor: Tensor): HostTensor => ({
  type: tensor.type as ElementType,
  shape: tensor.dims,
  data: tensor.data as HostTensor['data'],
});

/** A result where it lies: in this process's memory, or still on its device. */
function wrapResult(tensor: Tensor): SessionTensor {
  if (tensor.location === 'cpu' || tensor.location === 'none') return hostTensor(tensor);
  return {
    type: tensor.type as ElementType,
    shape: tensor.dims,
    location: tensor.location,
    handle: tensor,
    read: async () => ({
      type: tensor.type as ElementType,
      shape: tensor.dims,
      data: (await tensor.getData()) as HostTensor['data'],
    }),
    dispose: () => tensor.dispose(),
  };
}

/** Where each provider can read tensors that stayed on a device. */
const locationOf: Readonly<Record<string, string>> = { webgpu: 'gpu-buffer' };

/** Adapts a session of onnxruntime-node or onnxruntime-web; typed arrays go in and out without copies on the CPU. */
export function createOrtSession(
  session: InferenceSession,
  TensorClass: TensorConstructor,
  providers: readonly string[] = ['cpu'],
): Session {
  const wrap = (name: string, tensor: SessionTensor): Tensor => {
    if (isHostTensor(tensor)) return new TensorClass(tensor.type, tensor.data as never, tensor.shape as number[]);
    if (
      !(tensor.handle instanceof TensorClass) ||
      !providers.some((provider) => locationOf[provider] === tensor.location)
    ) {
      throw new Error(
        `run: ${name} ${describeType(tensor)} lies on ${tensor.location}, which a session on ${providers.join(', ')} ` +
          'cannot read: feed the result of its read(), or compile for the device that holds it',
      );
    }
    return tensor.handle;
  };
  return {
    async run(feeds, outputs, into) {
      const ortFeeds: Record<string, Tensor> = {};
      for (const [name, tensor] of Object.entries(feeds)) ortFeeds[name] = wrap(name, tensor);
      const fetches: Record<string, Tensor | null> = {};
      for (const name of outputs) fetches[name] = into[name] ? wrap(name, into[name]) : null;
      const results = await runUncopied(session, TensorClass, ortFeeds, fetches);
      const wrapped: Record<string, SessionTensor> = {};
      for (const name of outputs) wrapped[name] = into[name] ?? wrapResult(results[name]);
      return wrapped;
    },
    release: () => session.release(),
  };
}
