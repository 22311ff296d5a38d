package com.example.base;

public interface Named {
    String name();
}
