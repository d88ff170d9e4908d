import { InterceptingCall, type Interceptor, type Metadata, status } from '@grpc/grpc-js';
import { messageOf } from '../domain/base/errors.ts';

/**
 * Answers a call that is tried on a channel which has been closed meanwhile as cancelled. The channel itself throws, and
 * the SDK's retries come from a timer, where nothing catches that: the process would end over a call that is not needed.
 */
export const cancelOnceClosed: Interceptor = (options, nextCall) => {
  try {
    return new InterceptingCall(nextCall(options));
  } catch (error) {
    return new InterceptingCall(cancelledCall(messageOf(error)));
  }
};

function cancelledCall(details: string): ConstructorParameters<typeof InterceptingCall>[0] {
  return {
    start(metadata: Metadata, listener) {
      listener?.onReceiveMessage?.(null);
      listener?.onReceiveStatus?.({ code: status.CANCELLED, details, metadata });
    },
    sendMessage() {},
    sendMessageWithContext() {},
    halfClose() {},
    startRead() {},
    cancelWithStatus() {},
    getPeer: () => 'nobody',
    getAuthContext: () => null,
  };
}
