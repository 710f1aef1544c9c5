package io.cocoon.store;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Says in words what the JDK says with the name of a class: its message for a missing file is the file's name and nothing else. */
public final class DiskFailure {

    private DiskFailure() {}

    /** Returns what went wrong, with the file where the JDK names one. */
    public static String inWords(IOException failure) {
        if (!(failure instanceof FileSystemException disk) || disk.getReason() != null) {
            return failure.getMessage() == null ? failure.toString() : failure.getMessage();
        }
        String file = disk.getFile() == null ? "a file" : disk.getFile();
        if (disk instanceof NoSuchFileException) {
            return "there is no file " + file;
        }
        if (disk instanceof AccessDeniedException) {
            return "this user may not read or write " + file;
        }
        if (disk instanceof FileAlreadyExistsException) {
            return file + " is there already";
        }
        if (disk instanceof NotDirectoryException) {
            return file + " is no folder";
        }
        return disk.toString();
    }
}
