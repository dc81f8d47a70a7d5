/**
 * Pages of text over HTTP, for programs that look: a request is answered and the connection closed. It is as much of HTTP/1.1 (RFC 9112) as
 * that needs: GET and HEAD of a few paths, no body, no keeping alive. What is asked otherwise is refused with a status.
 */
import {
  type Address,
  isCoterieError,
  type Listener,
  type Stream,
  type Timer,
  type World,
} from "../world/index.ts";

/** A page that is made when it is asked for. */
export interface Page {
  /** The media type. */
  readonly type: string;
  /** Made at each request. */
  text(): string;
}

/** Where which pages are served. */
export interface PagesOptions {
  readonly bind: Address;
  /** By path, such as `/metrics`. */
  readonly pages: Readonly<Record<string, Page>>;
}

/** Bytes of a request's head. */
export const MAX_HEAD_BYTES = 8 * 1024;
/** Requests under way. */
export const MAX_REQUESTS = 32;
/** For how long a request may take to arrive, and its answer to leave. */
export const REQUEST_MS = 10_000;

/** Pages that are served, until they are closed. */
export interface Pages {
  readonly local: Address;
  /** Ends what is under way. */
  close(): Promise<void>;
}

/** Rejects with a NET_… code. */
export async function servePages(world: World, { bind, pages }: PagesOptions): Promise<Pages> {
  const requests = new Set<Request>();
  const listener: Listener = await world.net.listen({
    bind,
    onStream(stream) {
      if (requests.size >= MAX_REQUESTS) {
        stream.destroy();
        return;
      }
      const request = new Request(world, stream, pages, () => requests.delete(request));
      requests.add(request);
    },
  });
  return {
    local: listener.local,
    async close() {
      for (const request of requests) request.end();
      await listener.close();
    },
  };
}

const utf8 = new TextEncoder();
const latin1 = new TextDecoder("latin1");

interface Answer {
  readonly status: string;
  readonly type: string;
  readonly body: Uint8Array;
  readonly headers?: string;
}

/** One connection: reads a head, answers, and goes. */
class Request {
  readonly #world: World;
  readonly #stream: Stream;
  readonly #pages: PagesOptions["pages"];
  readonly #timer: Timer;
  #head = "";
  #isAnswered = false;

  constructor(world: World, stream: Stream, pages: PagesOptions["pages"], onGone: () => void) {
    this.#world = world;
    this.#stream = stream;
    this.#pages = pages;
    this.#timer = world.timers.after(REQUEST_MS, () => stream.destroy());
    stream.onData = (chunk) => this.#data(chunk);
    stream.onEnd = () => {
      if (!this.#isAnswered) stream.destroy();
    };
    stream.onClose = () => {
      this.#timer.cancel();
      onGone();
    };
  }

  end(): void {
    this.#stream.destroy();
  }

  #data(chunk: Uint8Array): void {
    if (this.#isAnswered) return;
    this.#head += latin1.decode(chunk.subarray(0, MAX_HEAD_BYTES));
    const isWhole = this.#head.includes("\r\n\r\n") || this.#head.includes("\n\n");
    if (isWhole) this.#answer(this.#head.slice(0, this.#head.search(/\r?\n/)));
    else if (this.#head.length > MAX_HEAD_BYTES)
      this.#send(plain("431 Request Header Fields Too Large"), true);
  }

  #answer(line: string): void {
    const [method = "", target = "", protocol = ""] = line.split(" ");
    this.#send(this.#answerTo(method, target.split("?")[0] as string, protocol), method !== "HEAD");
  }

  #answerTo(method: string, path: string, protocol: string): Answer {
    if (!/^HTTP\/1\.[01]$/.test(protocol)) return plain("400 Bad Request");
    if (method === "GET" || method === "HEAD") return this.#page(path);
    return { ...plain("405 Method Not Allowed"), headers: "Allow: GET, HEAD\r\n" };
  }

  #page(path: string): Answer {
    const page = Object.hasOwn(this.#pages, path) ? this.#pages[path] : undefined;
    if (page === undefined)
      return plain(`404 Not Found`, `here are ${Object.keys(this.#pages).join(", ")}\n`);
    try {
      return { status: "200 OK", type: page.type, body: utf8.encode(page.text()) };
    } catch (error) {
      return this.#failed(path, error);
    }
  }

  /** Also a bug of ours costs the page, and not the process that it tells of. */
  #failed(path: string, error: unknown): Answer {
    if (isCoterieError(error)) {
      const { code, message } = error;
      this.#world.log.warn("page not made", { path, code, message });
      return plain("503 Service Unavailable", `${code}: ${message}\n`);
    }
    this.#world.log.error("page failed", { path, error: String(error) });
    return plain("500 Internal Server Error");
  }

  #send({ status, type, body, headers = "" }: Answer, hasBody: boolean): void {
    this.#isAnswered = true;
    const head = `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n${headers}Connection: close\r\n\r\n`;
    this.#stream.write(utf8.encode(head));
    if (hasBody) this.#stream.write(body);
    this.#stream.end();
  }
}

function plain(status: string, text = `${status}\n`): Answer {
  return { status, type: "text/plain; charset=utf-8", body: utf8.encode(text) };
}
