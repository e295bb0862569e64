// Counts every allocation of the process: stands in for malloc and its kin, through which operator new goes as well.
// For programs of their own (`*_alone_test.cc`), and in one file of each.
#pragma once

#include <atomic>
#include <cstddef>

namespace {

std::atomic<std::size_t> allocations{0};

}  // namespace

extern "C" {

void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* old, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);

void* malloc(std::size_t bytes) {
  allocations.fetch_add(1);
  return __libc_malloc(bytes);
}

void* calloc(std::size_t count, std::size_t bytes) {
  allocations.fetch_add(1);
  return __libc_calloc(count, bytes);
}

void* realloc(void* old, std::size_t bytes) {
  allocations.fetch_add(1);
  return __libc_realloc(old, bytes);
}

void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  allocations.fetch_add(1);
  return __libc_memalign(alignment, bytes);
}

}  // extern "C"
