import { expect, test, vi } from "vitest";
test("adds", () => expect(1 + 2).toBe(3));
test("mocks", () => { const mock = vi.fn(() => 5); expect(mock()).toBe(5); expect(mock).toHaveBeenCalledOnce(); });
