import { connect, createServer, type Server as Listener, type Socket } from 'node:net';
import { freePort } from './port.ts';

/** A page may take this long to come back: it tries ever more seldom while the line is dead. */
export const COMES_BACK = 30_000;

/** A network line between a browser and Casella that can fail like real ones do. */
export class Line {
  private listener: Listener | undefined;
  private readonly open = new Set<Socket>();
  private held = false;
  private sockets = true;

  private constructor(
    private readonly port: number,
    private readonly target: number,
  ) {}

  /** A line to the server at `origin`. */
  static async to(origin: string): Promise<Line> {
    const line = new Line(await freePort(), Number(new URL(origin).port));
    await line.listen();
    return line;
  }

  /** Casella's address at this end. */
  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  /** The cable is out: connections break, new ones are refused. */
  async cut(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (this.listener) this.listener.close(() => resolve());
      else resolve();
    });
    this.listener = undefined;
    for (const socket of this.open) socket.destroy();
    await closed;
  }

  /** Bytes get stuck on their way, both ways, and nothing says so. */
  hold(): void {
    this.held = true;
    for (const socket of this.open) socket.pause();
  }

  /** Requests pass, WebSockets do not: what some companies' networks do. */
  refuseWebSockets(): void {
    this.sockets = false;
  }

  /** All is well again; what got stuck arrives. */
  async mend(): Promise<void> {
    this.held = false;
    for (const socket of this.open) socket.resume();
    if (!this.listener) await this.listen();
  }

  private async listen(): Promise<void> {
    const listener = createServer((near) => this.carry(near));
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(this.port, '127.0.0.1', resolve);
    });
    this.listener = listener;
  }

  private carry(near: Socket): void {
    const far = connect(this.target, '127.0.0.1');
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      this.open.add(socket);
      socket.setNoDelay(true);
      if (this.held) socket.pause();
      socket.on('data', (bytes) => {
        if (socket === near && !this.sockets && bytes.includes('GET /ws/')) {
          near.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
          far.destroy();
        } else {
          other.write(bytes);
        }
      });
      socket.on('end', () => other.end());
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.open.delete(socket);
        other.destroy();
      });
    }
  }
}
