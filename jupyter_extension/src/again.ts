/** Does a task once more, and no more often, for all who asked while it was under way. */
export class Again {
  constructor(private readonly task: () => Promise<void>) {}

  get isRunning(): boolean {
    return this.running;
  }

  /** Do the task; return at once where it runs, and have it done again after that. */
  async run(): Promise<void> {
    if (this.running) {
      this.isDue = true;
      return;
    }
    this.running = true;
    try {
      do {
        this.isDue = false;
        await this.task();
      } while (this.isDue);
    } finally {
      this.running = false;
    }
  }

  private running = false;
  private isDue = false;
}
