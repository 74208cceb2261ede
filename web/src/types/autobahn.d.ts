/** The part of autobahn-js 26.3 that the page uses; the package ships no types of its own. */
declare module 'autobahn' {
  export interface Serializer {
    SERIALIZER_ID: string
    BINARY: boolean
    serialize(message: unknown): Uint8Array<ArrayBuffer>
    unserialize(payload: ArrayBuffer): unknown
  }

  export interface Deferred {
    promise: Promise<unknown>
    resolve(value: unknown): void
    reject(reason: unknown): void
    notify(progress: unknown): void
  }

  export interface Event {
    topic: string
    retained: boolean
  }

  export interface Subscription {
    unsubscribe(): Promise<unknown>
  }

  export interface Session {
    call(
      procedure: string,
      args: unknown[],
      kwargs: Record<string, unknown>,
      options: Record<string, unknown>,
    ): Promise<unknown>
    subscribe(
      topic: string,
      handler: (args: unknown[], kwargs: Record<string, unknown>, event: Event) => void,
      options: Record<string, unknown>,
    ): Promise<Subscription>
  }

  export interface ConnectionOptions {
    url: string
    realm: string
    authid?: string
    authmethods: string[]
    serializers: Serializer[]
    max_retries: number
    use_deferred: () => Deferred
    onchallenge: (session: Session, method: string, extra: unknown) => Promise<string>
    on_user_error: (error: unknown, message?: string) => void
    on_internal_error: (error: unknown, message?: string) => void
  }

  export interface WelcomeDetails {
    authid?: string
    authrole?: string
  }

  export interface CloseDetails {
    reason: string | null
    message: string | null
  }

  export class Connection {
    constructor(options: ConnectionOptions)
    onopen: (session: Session, details: WelcomeDetails) => void
    onclose: (reason: string, details: CloseDetails) => boolean
    open(): void
    close(reason?: string, message?: string): void
  }

  const autobahn: { Connection: typeof Connection }
  export default autobahn
}
