import { isLoopback } from '../system/loopback.ts';

/**
 * What keeps gRPC from asking the proxy of `grpc_proxy`, `https_proxy` and `http_proxy` for a server on this machine:
 * `no_proxy` need not name it. Other servers are reached as the variables say.
 */
export function channelArgs(address: string): { readonly 'grpc.enable_http_proxy'?: 0 } {
  return isLoopback(address.replace(/:\d+$/, '')) ? { 'grpc.enable_http_proxy': 0 } : {};
}
