test("adds", () => expect(1 + 2).toBe(3));
test("mocks", () => { const mock = jest.fn(() => 5); expect(mock()).toBe(5); expect(mock).toHaveBeenCalledTimes(1); });
