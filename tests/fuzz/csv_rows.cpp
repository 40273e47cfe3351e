#include "readers.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz::csv_rows({reinterpret_cast<const char*>(data), size});
    return 0;
}
