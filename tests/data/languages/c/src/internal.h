void count_call(int limit);
int _hidden(int value);
