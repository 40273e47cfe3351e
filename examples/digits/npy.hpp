#pragma once

#include <mohs/types.hpp>

#include <bit>
#include <ostream>
#include <string>

namespace digits {

/// Writes a matrix in NumPy's file format, version 1.0: float32, C order.
inline void write_npy(std::ostream& stream, const mohs::Matrix& matrix)
{
    std::string header = std::string("{'descr': '") + (std::endian::native == std::endian::little ? '<' : '>') +
                         "f4', 'fortran_order': False, 'shape': (" + std::to_string(matrix.rows()) + ", " +
                         std::to_string(matrix.cols()) + "), }";
    // The data begin at a multiple of 64 bytes, after magic, version, header size and header.
    constexpr std::size_t before = 10, alignment = 64;
    header.append(alignment - 1 - (before + header.size()) % alignment, ' ');
    header += '\n';
    stream << "\x93NUMPY" << '\x01' << '\0' << static_cast<char>(header.size() & 0xFF)
           << static_cast<char>(header.size() >> 8) << header;
    stream.write(reinterpret_cast<const char*>(matrix.data()),
                 static_cast<std::streamsize>(sizeof(float)) * matrix.size());
}

}  // namespace digits
